package event

import "time"

// fill takes what an event tells, as reading its JSON does.
func (f *facts) fill(all []told) {
	for _, t := range all {
		switch value := t.value.(type) {
		case string:
			if into := f.text(t.slot.name); into != nil {
				*into = value
			}
		case int64:
			f.whole(t.slot.name, value)
		case float64:
			if t.slot.name == "seconds" {
				f.Seconds = value
			}
		case bool:
			f.yes(t.slot.name, value)
		case time.Time:
			f.moment(t.slot.name, value)
		case [][]told:
			if t.slot.name == "items" {
				f.Items = lineItems(value)
			}
		}
	}
}

// text returns where a field's text goes; nil: nowhere.
func (f *facts) text(name string) *string {
	for _, one := range [...]struct {
		name string
		into *string
	}{
		{"order", &f.Order},
		{"status", &f.Status},
		{"coupon", &f.Coupon},
		{"product", &f.Product},
		{"brand", &f.Brand},
		{"code", &f.Code},
		{"name", &f.Name},
		{"category", &f.Category},
		{"store", &f.Store},
		{"zone", &f.Zone},
		{"outcome", &f.Outcome},
		{"channel", &f.Channel},
		{"ticket", &f.Ticket},
		{"text", &f.Text},
		{"about", &f.About},
		{"call", &f.Call},
		{"intent", &f.Intent},
		{"stage", &f.Stage},
		{"from", &f.From},
		{"name_en", &f.NameEN},
	} {
		if one.name == name {
			return one.into
		}
	}
	return nil
}

func (f *facts) whole(name string, n int64) {
	switch name {
	case "total":
		f.Total = &n
	case "off":
		f.Off = &n
	case "min_spend":
		f.MinSpend = &n
	case "rating":
		rating := int(n)
		f.Rating = &rating
	}
}

func (f *facts) yes(name string, yes bool) {
	switch name {
	case "removed":
		f.Removed = yes
	case "resolved":
		f.Resolved = yes
	case "complaint":
		f.Complaint = yes
	}
}

func (f *facts) moment(name string, at time.Time) {
	switch name {
	case "eta":
		f.ETA = &at
	case "placed":
		f.Placed = &at
	case "expires":
		f.Expires = &at
	}
}

func lineItems(rows [][]told) []line {
	lines := make([]line, len(rows))
	for i, row := range rows {
		l := &lines[i]
		for _, t := range row {
			switch value := t.value.(type) {
			case string:
				switch t.slot.name {
				case "product":
					l.Product = value
				case "name":
					l.Name = value
				case "category":
					l.Category = value
				}
			case int64:
				switch t.slot.name {
				case "quantity":
					l.Quantity = &value
				case "price":
					l.Price = value
				}
			}
		}
	}
	return lines
}
